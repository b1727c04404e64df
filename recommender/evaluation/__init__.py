"""How good the engine is: measured beside other systems on folders of papers and votes."""
