"""A loss that computes the same thing once, and so does its gradient.

Where D sees the same real images with right and with wrong captions, or its encoder reads a caption twice,
XLA computes what is equal once in the forward pass; but cotangents differ, so each has a backward pass of its
own. Here equal operations become one before the derivative is taken: the cotangents are summed first.
"""

import functools
import weakref
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax.extend.core import ClosedJaxpr, DropVar, Jaxpr, Literal, Var
from jax.interpreters import partial_eval

_programs = weakref.WeakKeyDictionary()  # what `program` has told


def shared(function: Callable) -> Callable:
  """`function` of pytrees of arrays, without operations that it has made before, or does not need.

  Random numbers of one key are equal. What has effects stays as it is.
  """

  @functools.wraps(function)
  def once(*arguments):
    closed, shapes = jax.make_jaxpr(function, return_shape=True)(*arguments)
    needed, _ = partial_eval.dce_jaxpr(closed.jaxpr, [True] * len(closed.jaxpr.outvars), instantiate=True)
    found = jax.core.eval_jaxpr(unique(needed), closed.consts, *jax.tree.leaves(arguments))
    return jax.tree.unflatten(jax.tree.structure(shapes), found)

  return once


def unique(jaxpr: Jaxpr) -> Jaxpr:
  """The program without the equations that have been there before."""
  known, same, kept = {}, {}, []
  of = lambda atom: atom if isinstance(atom, Literal) else same.get(atom, atom)
  for equation in jaxpr.eqns:
    equation = equation.replace(invars=[of(atom) for atom in equation.invars])
    key = (*operation(equation), *map(operand, equation.invars))
    if key in known and not equation.effects:
      same.update(zip(equation.outvars, known[key], strict=True))
      continue
    named = [Var(var.aval) if isinstance(var, DropVar) else var for var in equation.outvars]
    kept.append(equation.replace(outvars=named))
    known[key] = named
  return jaxpr.replace(eqns=kept, outvars=[of(atom) for atom in jaxpr.outvars])


def operation(equation: Any) -> tuple:
  """What an equation does to its operands, so that equal ones do the same."""
  return equation.primitive, *((name, comparable(value)) for name, value in sorted(equation.params.items()))


def operand(atom: Any) -> Any:
  """An operand of an equation, so that equal ones have the same value: a variable, or a number's bits."""
  if isinstance(atom, Literal):
    return str(atom.aval), np.asarray(atom.val).tobytes()
  return atom


def comparable(value: Any) -> Any:
  """A parameter of an equation, so that equal ones mean the same: programs in it by what they compute."""
  if isinstance(value, (ClosedJaxpr, Jaxpr)):  # which are one class since jax 0.11
    return program(getattr(value, 'jaxpr', value)), *map(id, getattr(value, 'consts', ()))
  if isinstance(value, (tuple, list)):
    return tuple(map(comparable, value))
  try:
    hash(value)
  except TypeError:
    return id(value)
  return type(value), value


def program(jaxpr: Jaxpr) -> tuple:
  """What a program computes, its variables numbered as they come; told once of each."""
  if jaxpr in _programs:
    return _programs[jaxpr]
  numbers = {}
  number = lambda var: numbers.setdefault(var, len(numbers))
  named = lambda atom: operand(atom) if isinstance(atom, Literal) else number(atom)
  inputs = [(number(var), str(var.aval)) for var in (*jaxpr.constvars, *jaxpr.invars)]
  body = [
    (*operation(equation), *map(named, equation.invars), *map(number, equation.outvars))
    for equation in jaxpr.eqns
  ]
  _programs[jaxpr] = tuple(inputs), tuple(body), tuple(map(named, jaxpr.outvars))
  return _programs[jaxpr]
