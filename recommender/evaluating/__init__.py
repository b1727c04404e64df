"""How good the engine is on a data set folder: protocols split it, systems rank, figures and differences come out."""
