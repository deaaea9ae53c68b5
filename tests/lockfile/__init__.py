"""Tests of the lockfile: records, their fold, the journal, and moving."""
