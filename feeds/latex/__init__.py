"""LaTeX as authors type it in abstracts: read into pieces, and its formulas converted to MathML."""
