"""The screen in a browser on the same computer: a small server that nobody else can use.

Textual's own server for this (textual-serve) asks nobody who they are, lets any page read and drive
the screen, and hands its command to a shell; so of it we take what runs in the browser only.
"""
