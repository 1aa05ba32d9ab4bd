using System.CommandLine;
using System.Runtime.InteropServices;
using SernetStream.Configuration;
using SernetStream.Daemon;
using SernetStream.Daemon.Commands;
using SernetStream.Daemon.Hosting;
using SernetStream.Native;

// SIGINT, SIGTERM and the end of the terminal (SIGHUP) ask the command to end; a second one ends it as the system would.
// Where there are rooms, SIGHUP reads the configuration again, unless the terminal is gone; a service that has none goes on:
// 'systemctl reload' sends it.
using var stop = new CancellationTokenSource();
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
var terminal = ControllingTerminal.Of();
using var hungUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, HangUp);

void Stop(PosixSignalContext signal)
{
    signal.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
}

void HangUp(PosixSignalContext signal)
{
    if (terminal.IsGone)
    {
        Stop(signal);
        return;
    }

    if (House.TakesHangUp || Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is not null)
    {
        signal.Cancel = true;
        if (!House.TakesHangUp)
        {
            Console.Error.WriteLine("sernetd: nothing was read again: there are no rooms; restart it for another configuration");
        }

        return;
    }

    Stop(signal);
}

var root = CommandLine.Create();
var parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in CommandLineErrors.Of(parsed))
    {
        Console.Error.WriteLine($"sernetd: {error}");
    }

    Console.Error.WriteLine("sernetd: 'sernetd --help' lists commands and options.");
    return ExitCode.Usage;
}

try
{
    var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
    return await parsed.InvokeAsync(invocation, stop.Token);
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return ExitCode.Done;
}
catch (Exception error)
{
    return Failure.Report(error);
}
