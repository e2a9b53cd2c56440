"""Bundles that the Python suite uploads. No fixtures, so that tests can import it whatever other conftest.py there is."""

import io
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

MANIFEST = """\
infrastructure:
  templates:
    - file: cloudformation.yaml
      rendering_engine: jinja
      template_language: cloudformation
"""

SCHEMA = """\
schema:
  format: {{openapi: '3.0.0'}}
  {kind}_input_type: Input
  types:
    Input: {{type: object, properties: {{label: {{type: string, default: one}}}}}}
"""

ENVIRONMENT = """\
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: {DisplayName: '{{ environment.inputs.label }}'}
Outputs:
  Label: {Value: '{{ environment.inputs.label }}'}
"""

SERVICE = """\
Resources:
  Parameter:
    Type: AWS::SSM::Parameter
    Properties:
      Name: '/{{ service.name }}/{{ service_instance.name }}'
      Type: String
      Value: '{{ service_instance.inputs.label }} in {{ environment.outputs.Label }}'
Outputs:
  Text: {Value: !GetAtt Parameter.Value}
"""


def bundle(kind: str) -> bytes:
    """A gzipped tar with a template of the kind."""
    directory, template = {
        "environment": ("infrastructure", ENVIRONMENT),
        "service": ("instance_infrastructure", SERVICE),
    }[kind]
    return archive(
        {
            "schema/schema.yaml": SCHEMA.format(kind=kind),
            f"{directory}/manifest.yaml": MANIFEST,
            f"{directory}/cloudformation.yaml": template,
        }
    )


def archive(files: dict[str, str]) -> bytes:
    """A gzipped tar of texts by their paths."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return packed.getvalue()
