"""What the commands share: the operator's settings, and how a command ends."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, NoReturn

import click
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import Refusal, WrongSetup
from bot.log import configure_logging
from bot.settings import Settings, variable_name

WRONG_SETUP = 78
"""The code for a configuration that is wrong (sysexits.h): a supervisor should not start again."""

Work = Callable[..., Coroutine[Any, Any, None]]


def fail(sentence: str, code: int = 1) -> NoReturn:
    """End with one sentence on standard error: 1 for a failure, 2 for wrong use."""
    click.echo(sentence, err=True)
    sys.exit(code)


def read_settings() -> Settings:
    """The operator's settings; wrong ones end the command with their names, never their values."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(
            f"{variable_name(str(one['loc'][0]))} ({_complaint(one['msg'])})"
            for one in error.errors()
        )
        fail(f"These settings have values that can't be used: {wrong}.", 2)
    except UnicodeDecodeError:
        fail("`.env` or a secret's file is no text in UTF-8: save it again as that.", 2)
    except OSError as error:
        fail(f"{error.filename} can't be read ({error.strerror}).", 2)


def _complaint(message: str) -> str:
    """Pydantic's own words, which tell what is allowed; the value is hidden from them."""
    return message.replace("Input should", "it should").removeprefix("Value error, ")


def with_settings(work: Work) -> Callable[..., None]:
    """Run a command's coroutine with the settings; its refusals become the command's failure."""

    @wraps(work)
    def command(*args: Any, **kwargs: Any) -> None:
        settings = read_settings()
        configure_logging(settings.log_format)
        try:
            asyncio.run(work(settings, *args, **kwargs))
        except WrongSetup as refusal:
            fail(str(refusal), WRONG_SETUP)
        except Refusal as refusal:
            fail(str(refusal))
        except SQLAlchemyError as error:
            fail(f"The database can't be used ({type(error).__name__}): see `lectern doctor`.")
        except KeyboardInterrupt:
            sys.exit(130)

    return command
