"""The assessment before treatment: questions, what is known already, what speaks for and against.

questions -> draft -> review -> text; a clinician decides, the program never does.
"""
