"""Payroll import: pay sheets of the branches in, one payment file for the bank out."""

__version__ = "2.9.1"
