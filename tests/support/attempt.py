"""What cheats begin with: a way to try something, and to say when it worked."""

ATTEMPT = '''
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def attempt(what, call, *arguments):
    """Prints "won" when a call does not raise, nor gives -1."""
    try:
        got = call(*arguments)
    except (OSError, ValueError) as error:
        return print("no", what, type(error).__name__)
    print("no" if isinstance(got, int) and got == -1 else "won", what, str(got)[:80])
'''
