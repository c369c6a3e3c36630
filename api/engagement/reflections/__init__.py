"""Reflections: the self-check against collusion, with the questions to ask oneself (procedure §3).

About the practitioner who writes it, so private to them and the managers of their agency, with whom
they talk it over. Versioned: only the author revises one, and what was written before is kept. It
makes no event and no entry in any chronology, obliges to nothing, and is never counted.
"""
