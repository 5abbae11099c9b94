"""What readers call a case among themselves. It goes into nothing that leaves the library."""

SQL = """
ALTER TABLE cases ADD COLUMN label TEXT NOT NULL DEFAULT '';
"""
