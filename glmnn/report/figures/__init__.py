"""A picture document as figures by matplotlib, which is loaded when one is drawn. They draw and compute nothing."""
