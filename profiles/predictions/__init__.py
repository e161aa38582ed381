"""What a customer will do next, from when they ordered: plain numbers in, numbers out.

`purchases` counts, `models` are BG/NBD and Pareto/NBD, `spending` is Gamma-Gamma, `forecasting`
is the door: it chooses and calibrates on the past, and says how sure it is. `refresh` writes them
for a workspace. No web process imports this.
"""
