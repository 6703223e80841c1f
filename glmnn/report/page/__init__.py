"""A picture document as one self-contained HTML page; it draws what the document says and computes nothing."""
