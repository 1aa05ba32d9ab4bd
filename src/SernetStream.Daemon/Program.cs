using System.CommandLine;
using System.Runtime.InteropServices;
using SernetStream.Configuration;
using SernetStream.Daemon;
using SernetStream.Daemon.Commands;

// SIGINT, SIGTERM and the end of the terminal (SIGHUP) ask the command to end; a second one ends it as the system would.
using var stop = new CancellationTokenSource();
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var hungUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);

void Stop(PosixSignalContext signal)
{
    signal.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
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
