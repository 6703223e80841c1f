"""What is fitted: links, families and the models made of them."""
