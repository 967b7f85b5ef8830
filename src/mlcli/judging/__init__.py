"""How far figures can be trusted, and which model is better."""
