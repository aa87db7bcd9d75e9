"""The parts of ../make_vectors_v2.py: what is sealed how, what is wrong on purpose, and what it must come to."""
