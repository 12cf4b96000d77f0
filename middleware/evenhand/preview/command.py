"""The command ``evenhand preview``: a local page for editors."""

import click


@click.command(short_help="Show editors the notice, in every way that readers may get it.")
@click.option("--app", metavar="MODULE:ATTRIBUTE", help="Where the app's ReaderSupport is.")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="Where to listen: this machine only."
)
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=8400, show_default=True, help="0 takes any."
)
def preview(app: str | None, host: str, port: int) -> None:
    """Show the notice as readers get it: words, places, themes, windows, blockers; live.

    Without --app, the settings are those of EVENHAND_…; without a notice there, the defaults.
    """
    from dataclasses import replace

    import uvicorn

    from evenhand.appsettings import app_settings
    from evenhand.demo.run import PortTakenError, bind, origin
    from evenhand.errors import EvenhandError
    from evenhand.preview.site import create_app

    try:
        settings = app_settings(app)
        if app is None and not settings.ad_slots:
            settings = replace(settings, ad_slots=(".ad-slot",))  # so that there is one to see
        listener = bind(host, port)
    except PortTakenError as taken:
        click.echo(f"Port {taken.port} on {taken.host} is taken. Give another: --port", err=True)
        raise click.exceptions.Exit(1) from None
    except (EvenhandError, OSError) as error:
        click.echo(str(error), err=True)
        raise click.exceptions.Exit(1) from None
    # A name that only leads here (DNS rebinding) must not read an unpublished notice.
    local = host in ("127.0.0.1", "localhost")
    site = create_app(settings, ("127.0.0.1", "localhost") if local else ("*",))
    click.echo(f"The preview is open: {origin(host, listener)}\nCtrl+C ends it.")
    config = uvicorn.Config(site, log_level="warning", access_log=False, server_header=False)
    uvicorn.Server(config).run(sockets=[listener])
