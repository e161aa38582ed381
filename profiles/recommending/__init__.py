"""Which products a person will want next: plain numbers in, numbers out.

`histories` holds what people chose, `similarities` how items follow each other, `blending` weighs
these by what validation shows, `recommender` is the door: `fit`, `recommend`, `explain`.
`refresh` writes recommendations for a workspace. No web process imports this.
"""
