"""A command with subcommands, run in the process and as processes would see it."""

import click
from click.testing import CliRunner

@click.group(help="Tools.")
@click.option("--verbose/--quiet", default=False)
@click.version_option("1.2", prog_name="tool")
@click.pass_context
def tool(context, verbose):
    context.obj = {"verbose": verbose}

@tool.command()
@click.argument("names", nargs=-1, required=True)
@click.option("-n", "--count", type=click.IntRange(1, 3), default=1, show_default=True, help="How often.")
@click.option("--shout", is_flag=True)
@click.option("--color", type=click.Choice(["red", "green"], case_sensitive=False), envvar="TOOL_COLOR")
@click.pass_obj
def greet(obj, names, count, shout, color):
    """Greets NAMES."""
    for _ in range(count):
        for name in names:
            text = f"Hello {name}"
            click.secho(text.upper() if shout else text, fg=color.lower() if color else None)
    if obj["verbose"]:
        click.echo("done", err=True)

@tool.command()
@click.argument("source", type=click.File("r"))
@click.password_option("--secret")
def read(source, secret):
    click.echo(f"{source.read().strip()} {len(secret)}")
    if click.confirm("Sure?", default=True):
        raise click.ClickException("refused")

runner = CliRunner()
for arguments in (["--help"], ["greet", "--help"], ["greet", "a", "b", "-n2", "--shout"], ["--verbose", "greet", "x", "--color", "GREEN"],
                  ["greet"], ["greet", "x", "-n", "9"], ["nope"], ["greet", "x", "--clor", "red"], ["--version"], ["read", "nothing"]):
    result = runner.invoke(tool, arguments, color="--color" in arguments)
    print(arguments, result.exit_code, repr(result.output))
result = runner.invoke(tool, ["greet", "e"], env={"TOOL_COLOR": "blue"})
print(result.exit_code, result.output)
with runner.isolated_filesystem():
    open("file", "w").write("content\n")
    result = runner.invoke(tool, ["read", "file"], input="pw\npw\ny\n")
    print(result.exit_code, repr(result.output))
with click.progressbar(range(3), label="work", file=open("/dev/null", "w")) as bar:
    print(list(bar), click.style("x", bold=True, fg="red").encode(), click.unstyle("\x1b[1mx\x1b[0m"), click.format_filename(b"a\xff"))
