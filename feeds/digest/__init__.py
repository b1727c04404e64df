"""The ranking by e-mail: what a reader wishes, what is sent, how it is written, and what its links do."""
