"""LaTeX as the authors of abstracts write it: read into pieces, and its formulas made into MathML."""
