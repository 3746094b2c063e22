"""One question, asked as a form of its own."""

from handlers.forms.steps import Files, Form, Words
from handlers.late_steps import Submit
from handlers.matters.guards import on_submit


def one_question(name: str, submit: Submit) -> Form:
    """Declare a form of one question about a case, such as a reason."""
    return Form(
        name=name,
        version=1,
        title=f"assignments.{name}_title",
        steps=(Words(name="text", question=f"assignments.ask_{name}", label="filing.text"),),
        submit=on_submit(submit),
        review=False,
    )


def pictures_step(question: str) -> Files:
    """Ask for pictures, which may be left out."""
    return Files(name="files", question=question, label="filing.files", optional=True)
