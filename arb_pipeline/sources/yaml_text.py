"""Hand-written YAML: duplicate keys and invalid dates are errors."""

from typing import Any

import yaml
from yaml.constructor import ConstructorError


class OwnLoader(yaml.SafeLoader):
    """A SafeLoader that refuses duplicate keys, of which YAML's own keeps the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001 - yaml's signature
        """A mapping. Raises `ConstructorError` for a duplicate key."""
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if (key.tag, key.value) in seen:
                    problem = f"{key.value!r} is there twice; keep one"
                    raise ConstructorError(None, None, problem, key.start_mark)
                seen.add((key.tag, key.value))
        made: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return made

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:  # noqa: FBT001 - yaml's signature
        """A value. Raises `ConstructorError` for an invalid date or number."""
        try:
            return super().construct_object(node, deep=deep)
        except ValueError as error:
            problem = f"{node.value!r} is no date or number: {error}"
            raise ConstructorError(None, None, problem, node.start_mark) from error


def yaml_problem(error: yaml.YAMLError) -> str:
    """Line and problem of a YAML error, without the text around it, which may hold a secret."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it does not parse"
    return f"line {mark.line + 1}: {problem}" if mark else problem
