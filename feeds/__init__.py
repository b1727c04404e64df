"""In and out: sources that bring papers; pages and the API that carry rankings to people."""
