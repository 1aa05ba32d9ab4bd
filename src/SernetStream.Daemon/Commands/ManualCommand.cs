using System.CommandLine;
using SernetStream.Configuration;
using SernetStream.Manual;

namespace SernetStream.Daemon.Commands;

/// <summary><c>sernetd manual</c>: the page that <c>man sernetd</c> shows where the package is installed.</summary>
internal static class ManualCommand
{
    public static Command Create()
    {
        var command = new Command("manual", "Print the manual, for man: sernetd manual | man -l -.");
        command.SetAction(_ =>
        {
            ManualPage.Write(CommandLine.Create(), Console.Out);
            return ExitCode.Done;
        });
        return command;
    }
}
