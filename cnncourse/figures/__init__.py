"""Figures: a sliding window as plain data, one visual grammar, and what each chapter draws."""
