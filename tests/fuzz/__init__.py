"""What is thrown at the parts that read strangers' bytes, and what must hold whatever comes."""
