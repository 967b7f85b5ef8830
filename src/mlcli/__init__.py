"""mlcli: define, fit, predict, evaluate, from CSV exports and one YAML file.

What ``__all__`` names is for use from Python, and imported once it is used; see
``docs/python.md``. Everything else is private.
"""

TYPE_CHECKING = False  # that of typing, which takes 7 ms to import
if TYPE_CHECKING:
    from mlcli.api.calls import FittedModel, compare, examples, fit, model
    from mlcli.api.results import (
        ComparisonResult,
        EvaluationResult,
        FitResult,
        Prediction,
        Predictions,
        SuggestedThing,
        Suggestions,
    )
    from mlcli.errors import (
        AskedWronglyError,
        DataError,
        DefinitionError,
        EnvironmentProblemError,
        MlcliError,
        ModelError,
        Problem,
        RefusedError,
    )

__version__ = "0.1.0"

__all__ = [
    "AskedWronglyError",
    "ComparisonResult",
    "DataError",
    "DefinitionError",
    "EnvironmentProblemError",
    "EvaluationResult",
    "FitResult",
    "FittedModel",
    "MlcliError",
    "ModelError",
    "Prediction",
    "Predictions",
    "Problem",
    "RefusedError",
    "SuggestedThing",
    "Suggestions",
    "compare",
    "examples",
    "fit",
    "model",
]

_MODULES = ("mlcli.api.calls", "mlcli.api.results", "mlcli.errors")


if not TYPE_CHECKING:  # a checker would take any name for one of these

    def __getattr__(name: str) -> object:
        """Import what is asked for."""
        if name in __all__:
            from importlib import import_module

            for module in map(import_module, reversed(_MODULES)):
                if hasattr(module, name):
                    return getattr(module, name)
        raise AttributeError(f"module 'mlcli' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
