"""First contact: short scripted conversations with the real service that check what our tables assume of it.

`script` says what is asked, `line` holds the conversations, `assumptions` judges what came back, `purse` counts what it
costs, `report` and `tape` write down what was found. Nothing here runs without leave: see `command`.
"""
