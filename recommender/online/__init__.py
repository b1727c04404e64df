"""What readers' clicks and votes tell of rankings and models: experiments, rates, exposure, and the record of it."""
