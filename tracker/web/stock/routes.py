"""The pages of the controlled-drug ledger."""

from collections.abc import Callable

from flask import (
    Blueprint,
    Response,
    flash,
    g,
    redirect,
    render_template,
    request,
    stream_with_context,
    url_for,
)
from flask.typing import ResponseReturnValue
from msgspec import Struct
from msgspec.structs import asdict

from tracker.domain.access import Permission
from tracker.domain.problems import NotFoundError, Problem
from tracker.domain.stock import lots as stock_lots
from tracker.domain.stock.balance import LOSS_DUTY, LOSS_SOURCE
from tracker.domain.stock.lots import Movement
from tracker.services.people import second_person
from tracker.services.stock import commands as stock_commands
from tracker.services.stock import queries as stock_queries
from tracker.services.stock.queries import LotBook
from tracker.web.exports.limits import brake_files
from tracker.web.guard import actor, requires
from tracker.web.stock.forms import (
    GiveForm,
    InspectionForm,
    LabelForm,
    LotForm,
    MovementForm,
    ReverseForm,
)

blueprint = Blueprint("stock", __name__, url_prefix="/stock")


class MovementPage(Struct, frozen=True):
    """A movement or a count as its page words it; an empty label leaves its field out."""

    movement: Movement
    act: Callable[..., int]
    title: str
    button: str
    reason: str
    witness: str = ""
    loss: bool = False


MOVEMENT_PAGES = {
    "receive": MovementPage(
        Movement.RECEIVED, stock_commands.receive, "Receive", "Enter receipt",
        "From whom: supplier with address and DEA number, and the invoice",
    ),
    "waste": MovementPage(
        Movement.WASTED, stock_commands.waste, "Waste", "Enter waste",
        "What and why (may be left empty)", witness="Second person, who saw it", loss=True,
    ),
    "return": MovementPage(
        Movement.RETURNED, stock_commands.give_back, "Return", "Enter return", "To whom, and why",
        witness="Second person (may be left empty)",
    ),
    "count": MovementPage(
        Movement.COUNTED, stock_commands.count, "Count", "Enter count",
        "Remark (may be left empty)", witness="Counted with (may be left empty)", loss=True,
    ),
}  # fmt: skip


@blueprint.get("/")
@requires(Permission.STOCK_VIEW)
def listing() -> ResponseReturnValue:
    """Show what must be seen, the lots, and doses that were not drawn."""
    return _listing(InspectionForm(formdata=None))


def _listing(form: InspectionForm) -> str:
    everything = request.args.get("show") == "all"
    found = stock_queries.overview(by=actor(), everything=everything)
    return render_template("stock/listing.html", found=found, everything=everything, form=form)


@blueprint.get("/inspection.csv")
@requires(Permission.STOCK_VIEW)
@brake_files
def inspection() -> ResponseReturnValue:
    """Send the ledger as a file for an inspector."""
    # Imported here: what writes files is a good part of a start, and of no use to most pages.
    from tracker.services.stock import queries as stock_queries

    form = InspectionForm(request.args, meta={"csrf": False})
    first, last = form.first.data, form.last.data
    if form.validate() and first and last and last < first:
        form.show([Problem("last", "The last day cannot be before the first.")])
    if form.errors:
        return _listing(form), 422
    pieces = stock_queries.stream(first, last, by=actor())
    answer = Response(stream_with_context(pieces), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="controlled-drugs.csv"'
    return answer


@blueprint.route("/lots/new", methods=["GET", "POST"])
@requires(Permission.STOCK_EDIT)
def new() -> ResponseReturnValue:
    """Enter a lot, with what came of it."""
    form = LotForm()
    if form.is_submitted():
        draft, received = form.draft(), form.receipt()
        if not form.validate():
            form.show(stock_commands.problems(draft, received, by=actor()))
        else:
            made = form.send(
                lambda: stock_commands.add_lot(draft, received, by=actor(), once=form.once.data)
            )
            if made is not None:
                flash("Lot entered.", "success")
                return redirect(url_for("stock.show", lot_id=made), 303)
    page = render_template("stock/new.html", form=form)
    return page, form.status if form.is_submitted() else 200


@blueprint.get("/lots/<int:lot_id>/")
@requires(Permission.STOCK_VIEW)
def show(lot_id: int) -> ResponseReturnValue:
    """Show a lot with its book."""
    return render_template("stock/show.html", book=stock_queries.find(lot_id, by=actor()))


@blueprint.route("/lots/<int:lot_id>/edit", methods=["GET", "POST"])
@requires(Permission.STOCK_EDIT)
def edit(lot_id: int) -> ResponseReturnValue:
    """Put right what was typed wrong from the label."""
    book = stock_queries.find(lot_id, by=actor())
    form = LabelForm(data={} if request.method == "POST" else asdict(book.lot))
    form.stand_on_lot(book.lot)
    if form.is_submitted():
        draft = form.draft_of(book.lot.drug, book.lot.container, book.lot.unit_mg)
        if not form.validate():
            form.show(stock_lots.check_lot(draft))
        elif (
            form.send(
                lambda: stock_commands.correct_lot(
                    lot_id, draft, by=actor(), once=form.once.data, opened=form.opened_stamp
                )
            )
            is not None
        ):
            flash("Corrected. The audit trail keeps what stood there.", "success")
            return redirect(url_for("stock.show", lot_id=lot_id), 303)
    page = render_template("stock/edit.html", form=form, book=book)
    return page, form.status if form.is_submitted() else 200


@blueprint.route(
    "/lots/<int:lot_id>/<any(receive, waste, 'return', count):deed>", methods=["GET", "POST"]
)
@requires(Permission.STOCK_EDIT)
def move(lot_id: int, deed: str) -> ResponseReturnValue:
    """Enter what was received, wasted, returned or counted."""
    book, form, movement_page = (
        stock_queries.find(lot_id, by=actor()),
        MovementForm(),
        MOVEMENT_PAGES[deed],
    )
    _word(form, book, movement_page)
    if form.is_submitted() and _enter_movement(form, book, movement_page):
        flash(f"{movement_page.movement.label}: entered.", "success")
        return redirect(url_for("stock.show", lot_id=lot_id), 303)
    form.ask()
    page = render_template(
        "stock/move.html",
        form=form,
        book=book,
        deed=movement_page,
        duty=LOSS_DUTY if movement_page.loss else "",
        duty_source=LOSS_SOURCE,
        here=url_for("stock.move", lot_id=lot_id, deed=deed),
    )
    return page, form.status if form.is_submitted() else 200


def _word(form: MovementForm, book: LotBook, movement_page: MovementPage) -> None:
    form.fit(book.lot)
    form.reason.label.text = movement_page.reason
    if movement_page.witness:
        form.witness.label.text = movement_page.witness
        form.offer_colleagues(second_person.colleagues(by=actor()))
    else:
        del form.witness, form.second_id, form.second_secret


def _enter_movement(form: MovementForm, book: LotBook, movement_page: MovementPage) -> bool:
    """Check everything that was typed, and enter it where nothing is wrong."""
    draft, zone = form.draft(book.lot, g.clinic.zone), g.clinic.zone
    readable, timely = form.validate(), list(form.time_problems(zone))
    if not readable or timely:
        found = stock_commands.movement_problems(
            draft, movement_page.movement, book.lot, by=actor(), second=form.second()
        )
        form.show([*timely, *found])
        return False
    lot = book.lot

    # Imported here: a start and most pages do without.
    from tracker.services.stock import unusual

    def enter() -> int:
        unusual.ask_of_movement(
            lot, movement_page.movement, draft.amount_mg, by=actor(), form=form.sent_form()
        )
        return movement_page.act(
            lot.lot_id, draft, by=actor(), once=form.once.data, second=form.second()
        )

    return form.send(enter) is not None


@blueprint.route("/lots/<int:lot_id>/give", methods=["GET", "POST"])
@requires(Permission.STOCK_EDIT)
def give(lot_id: int) -> ResponseReturnValue:
    """Draw the dose of a recorded session from a lot."""
    book, form = stock_queries.find(lot_id, by=actor()), GiveForm()
    form.fit(book.lot)
    waiting = stock_queries.list_undrawn(book.lot.drug, by=actor())
    form.offer(waiting, request.args.get("session", ""))
    if form.is_submitted() and _enter_dose(form, book):
        flash("Drawn from the lot.", "success")
        return redirect(url_for("stock.show", lot_id=lot_id), 303)
    form.ask()
    page = render_template("stock/give.html", form=form, book=book)
    return page, form.status if form.is_submitted() else 200


def _enter_dose(form: GiveForm, book: LotBook) -> bool:
    readable, session_id = form.validate(), form.session_chosen()
    if session_id is None:
        form.show([Problem("session_id", "Choose the session that was given from this lot.")])
    if not readable or session_id is None:
        return False
    amount_mg, lot = form.amount_mg(book.lot), book.lot

    from tracker.services.stock import unusual

    def draw() -> int:
        unusual.ask_of_dose(lot, session_id, amount_mg, by=actor(), form=form.sent_form())
        return stock_commands.give(
            lot.lot_id, session_id, amount_mg, by=actor(), once=form.once.data
        )

    return form.send(draw) is not None


@blueprint.route("/entries/<int:entry_id>/reverse", methods=["GET", "POST"])
@requires(Permission.STOCK_EDIT)
def reverse(entry_id: int) -> ResponseReturnValue:
    """Take a mistaken entry out."""
    book = stock_queries.find(stock_commands.lot_of_entry(entry_id, by=actor()), by=actor())
    shown = next((one for one in book.rows if one.row.line.entry_id == entry_id), None)
    if shown is None:
        raise NotFoundError
    form = ReverseForm()
    if form.validate_on_submit() and form.send(
        lambda: stock_commands.reverse(entry_id, form.reason.data, by=actor(), once=form.once.data)
    ):
        flash("Reversed. Both entries stay in the book.", "success")
        return redirect(url_for("stock.show", lot_id=book.lot.lot_id), 303)
    page = render_template("stock/reverse.html", form=form, book=book, shown=shown)
    return page, form.status if form.is_submitted() else 200
