"""Files coming in: look at one, plan what it would do, then do all of it or nothing.

staging -> files -> native or mapped, each with checks -> plan -> store; `fast_path`
makes it quick and decides nothing.
"""
