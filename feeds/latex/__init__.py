"""LaTeX in abstracts: read into pieces, with formulas as MathML."""
