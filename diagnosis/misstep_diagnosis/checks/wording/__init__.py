"""Sentences: turned round, strengthened, given to another party, told in another order."""
