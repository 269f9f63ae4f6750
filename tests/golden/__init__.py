"""Golden requests: exactly what is sent for every task to every family of models, to be reviewed.

    PYTHONPATH=tests python -m golden

writes them; `tests/unit/test_golden.py` compares. A change of wording shows as a change of these.
"""
