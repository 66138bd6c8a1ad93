"""Fits scikit-learn's LinearRegression and saves it with joblib, as the article's services load it.

Reads {"x": [[...], ...], "y": [...]} from standard input: the training rows of models/auto-mpg.
"""
import json
import sys

import joblib
from sklearn.linear_model import LinearRegression

rows = json.load(sys.stdin)
joblib.dump(LinearRegression().fit(rows["x"], rows["y"]), sys.argv[1])
