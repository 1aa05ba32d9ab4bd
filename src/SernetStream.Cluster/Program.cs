using System.CommandLine;
using System.Runtime.InteropServices;
using SernetStream.Cluster;
using SernetStream.Configuration;
using SernetStream.Models;
using SernetStream.Publishing;

// SIGINT and SIGTERM ask the silo to leave the cluster; a second one ends it as the system would.
using var stop = new CancellationTokenSource();
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

void Stop(PosixSignalContext signal)
{
    signal.Cancel = !stop.IsCancellationRequested;
    stop.Cancel();
}

var parsed = ClusterCommand.Create((settings, cancelled) => new SiloHost(settings).RunAsync(cancelled)).Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors)
    {
        Console.Error.WriteLine($"sernet-cluster: {error.Message}");
    }

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
catch (CommandException error)
{
    Console.Error.WriteLine($"sernet-cluster: {error.Message}");
    return error.ExitCode;
}
catch (PublisherException error)
{
    Console.Error.WriteLine($"sernet-cluster: {error.Message}");
    return ExitCode.Usage;
}
catch (ModelException error)
{
    Console.Error.WriteLine($"sernet-cluster: {error.Message}");
    return error.Error switch
    {
        ModelError.NotFound => ExitCode.Usage,
        ModelError.RuntimeMissing => ExitCode.Missing,
        _ => ExitCode.Input,
    };
}
