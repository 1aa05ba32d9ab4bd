using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using SernetStream.Audio.Capture;

namespace SernetStream.Audio.Network;

/// <summary>A source of PulseAudio, or of PipeWire in its place.</summary>
/// <param name="Name">Its name, such as <c>alsa_input.usb-0d8c_USB_Audio-00.mono-fallback</c>.</param>
/// <param name="Channels">What it delivers.</param>
/// <param name="SampleRate">What it delivers.</param>
/// <param name="IsMonitor">Whether it is what a loudspeaker plays, rather than a microphone.</param>
/// <param name="IsDefault">Whether it is the server's default source.</param>
public sealed record PulseSource(string Name, int Channels, int SampleRate, bool IsMonitor, bool IsDefault)
{
    /// <summary>How <c>--device</c> names it.</summary>
    public string Device => AudioSourceFactory.PulsePrefix + Name;
}

/// <summary>The sources of the sound server, as its own tool <c>pactl</c> tells.</summary>
public static class PulseSources
{
    /// <summary>A name that stands for what the default loudspeaker plays.</summary>
    public const string DefaultMonitor = "@DEFAULT_MONITOR@";

    /// <summary>A name that stands for the default microphone.</summary>
    public const string DefaultSource = "@DEFAULT_SOURCE@";

    private const string MonitorEnding = ".monitor";
    private const string Program = "pactl";

    /// <summary>Lists them.</summary>
    /// <param name="limit">How long the server may take to answer.</param>
    /// <exception cref="AudioDeviceException">There is no server, it does not answer, or its tools are not installed.</exception>
    public static IReadOnlyList<PulseSource> List(TimeSpan limit)
    {
        return ListAsync().GetAwaiter().GetResult();

        async Task<IReadOnlyList<PulseSource>> ListAsync()
        {
            var server = await AskAsync(["info"], limit, CancellationToken.None).ConfigureAwait(false);
            return Parse(await AskAsync(["list", "short", "sources"], limit, CancellationToken.None).ConfigureAwait(false), Field(server, "Default Source: "));
        }
    }

    /// <summary>Finds one by its name, or by one that stands for it.</summary>
    /// <exception cref="AudioDeviceException">It is not there, or <see cref="List"/> fails.</exception>
    internal static async Task<PulseSource> FindAsync(string name, TimeSpan limit, CancellationToken cancellationToken)
    {
        var server = await AskAsync(["info"], limit, cancellationToken).ConfigureAwait(false);
        var real = name switch
        {
            DefaultSource => Field(server, "Default Source: "),
            DefaultMonitor => Field(server, "Default Sink: ") + MonitorEnding,
            _ => name,
        };
        var all = Parse(await AskAsync(["list", "short", "sources"], limit, cancellationToken).ConfigureAwait(false), null);
        return all.FirstOrDefault(source => source.Name == real) ?? throw new AudioDeviceException(
            AudioDeviceError.NotFound,
            $"The sound server has no source \"{name}\". "
            + (all.Count == 0 ? "It has none at all: plug in a microphone." : $"It has: {string.Join("; ", all.Select(source => source.Name))}."));
    }

    /// <summary>Reads pactl's short list: number, name, module, format and state, separated by tabs.</summary>
    internal static IReadOnlyList<PulseSource> Parse(IEnumerable<string> lines, string? defaultName) =>
    [
        .. from line in lines
           let columns = line.Split('\t')
           where columns.Length >= 4
           let format = columns[3].Split(' ')
           where format.Length >= 3
           let name = columns[1]
           select new PulseSource(
               name,
               Number(format[1], "ch"),
               Number(format[2], "Hz"),
               name.EndsWith(MonitorEnding, StringComparison.Ordinal),
               name == defaultName),
    ];

    private static int Number(string text, string unit) =>
        int.TryParse(text.Replace(unit, "", StringComparison.Ordinal), CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static string Field(IEnumerable<string> lines, string name) =>
        lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Trim() ?? "";

    private static async Task<List<string>> AskAsync(string[] arguments, TimeSpan limit, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C";
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(limit);
        try
        {
            using var process = Process.Start(start)!;
            try
            {
                var output = process.StandardOutput.ReadToEndAsync(patience.Token);
                var errors = process.StandardError.ReadToEndAsync(patience.Token);
                await process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
                var (said, problem) = (await output.ConfigureAwait(false), await errors.ConfigureAwait(false));
                return process.ExitCode == 0 ? [.. said.Split('\n')] : throw PulseFault.Of("The sound server", problem.Split('\n'));
            }
            catch (OperationCanceledException)
            {
                process.Kill();
                cancellationToken.ThrowIfCancellationRequested();
                throw new AudioDeviceException(
                    AudioDeviceError.NotAnswering,
                    string.Create(CultureInfo.InvariantCulture, $"The sound server has not answered for {limit.TotalSeconds:0.#} s. Restart it: systemctl --user restart pipewire-pulse pulseaudio"));
            }
        }
        catch (Win32Exception error)
        {
            throw PulseFault.Missing(Program, error);
        }
    }
}
