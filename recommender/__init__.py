"""What and how: papers, votes and models; learns at night, ranks on request."""
