"""The parts of ../make_vectors_v2.py: what is sealed how, and what is wrong on purpose."""
