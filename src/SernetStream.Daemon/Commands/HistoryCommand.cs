using System.CommandLine;
using System.Globalization;
using System.Text;
using SernetStream.Configuration;
using SernetStream.Diary;
using SernetStream.Reports;
using SernetStream.State;

namespace SernetStream.Daemon.Commands;

/// <summary><c>sernetd history</c>: what the diary of a node holds, and its removal.</summary>
internal static class HistoryCommand
{
    private const string ForService = "For a service run this command with sudo; name another node with --node.";

    /// <summary>What was asked for.</summary>
    private sealed record Request
    {
        public required string Node { get; init; }

        public string? Last { get; init; }

        public string? Since { get; init; }

        public string? Until { get; init; }

        public string? Plot { get; init; }

        public PredictionFormat Format { get; init; }

        public bool Deletes { get; init; }

        public string? Before { get; init; }

        public bool IsSure { get; init; }
    }

    public static Command Create()
    {
        var last = Text("--last", "TIME", "How far back, such as 90m, 24h, 7d or 2w. Without any time: 24h.");
        var since = Text("--since", "MOMENT", "From when on: 2026-01-31, or 2026-01-31T18:00.");
        var until = Text("--until", "MOMENT", "Until when, this moment excluded.");
        var format = new Option<PredictionFormat>("--format", "-f") { Description = "How to print: text, json or csv.", HelpName = "FORMAT" };
        format.CompletionSources.Clear();
        format.CompletionSources.Add("text", "json", "csv");
        var plot = Text("--plot", "SVG", "Draw the moods of that time into this file (SVG) instead of printing them.");
        var deletes = new Option<bool>("--delete") { Description = "Delete the diary, or its entries before --before. It asks for --yes." };
        var before = Text("--before", "MOMENT", "With --delete: delete only what is older than this.");
        var isSure = new Option<bool>("--yes") { Description = "With --delete: do it." };
        var command = new Command(
            "history",
            "Show what the diary of a node holds (diary.keep in the configuration): utterances and changes of mood, the oldest first. "
            + "Also while sernetd runs.")
        {
            last, since, until, format, plot, deletes, before, isSure,
        };
        var options = new SettingOptions(command);
        command.SetAction(parsed => Run(new Request
        {
            Node = options.Load(parsed).Node(),
            Last = parsed.GetValue(last),
            Since = parsed.GetValue(since),
            Until = parsed.GetValue(until),
            Plot = parsed.GetValue(plot),
            Format = parsed.GetValue(format),
            Deletes = parsed.GetValue(deletes),
            Before = parsed.GetValue(before),
            IsSure = parsed.GetValue(isSure),
        }));
        return command;
    }

    private static Option<string?> Text(string name, string value, string description) => new(name) { HelpName = value, Description = description };

    private static int Run(Request request)
    {
        if (!request.Deletes && (request.Before is not null || request.IsSure))
        {
            throw new CommandException(ExitCode.Usage, "--before and --yes go with --delete; to show a time, give --since and --until.");
        }

        if (request.Deletes && (request.Last ?? request.Since ?? request.Until ?? request.Plot) is not null)
        {
            throw new CommandException(ExitCode.Usage, "--delete goes with --before alone: it deletes all entries, or those before a moment.");
        }

        var files = DiaryPlace.All(request.Node);
        return request.Deletes ? Delete(request, files) : Show(request, files);
    }

    private static int Show(Request request, IReadOnlyList<DiaryFile> files)
    {
        var (from, to) = HistoryRange.Of(request.Last, request.Since, request.Until, DateTimeOffset.Now);
        if (files.Count == 0)
        {
            throw new CommandException(
                ExitCode.Input, $"There is no diary of {request.Node}. To keep one, set diary.keep: true in the configuration. {ForService}");
        }

        var entries = files.SelectMany(file => file.Read(from, to)).ToList();
        if (request.Plot is { } plot)
        {
            PictureFile.Write(plot, HistoryPlot.Draw(request.Node, entries, from, to));
            return ExitCode.Done;
        }

        using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false));
        if (HistoryText.Header(request.Format) is { } header)
        {
            output.WriteLine(header);
        }

        entries.ForEach(entry => output.WriteLine(HistoryText.Line(request.Format, request.Node, entry)));
        if (request.Format == PredictionFormat.Text)
        {
            output.WriteLine(entries.Count == 0 ? $"Nothing was heard at {request.Node} in this time." : $"\n{request.Node}: {HistoryText.Shares(entries)}.");
        }

        return ExitCode.Done;
    }

    private static int Delete(Request request, IReadOnlyList<DiaryFile> files)
    {
        var before = request.Before is { } moment ? HistoryRange.Moment("--before", moment) : DateTimeOffset.MaxValue;
        if (files.Count == 0)
        {
            Console.WriteLine($"There is no diary of {request.Node}. {ForService}");
            return ExitCode.Done;
        }

        foreach (var file in files)
        {
            if (!request.IsSure)
            {
                throw new CommandException(ExitCode.Usage, $"{WouldDelete(file, before, request.Before)} To do it, add --yes.");
            }

            Console.WriteLine(Delete(file, before, isAll: request.Before is null));
        }

        return ExitCode.Done;
    }

    private static string WouldDelete(DiaryFile file, DateTimeOffset before, string? said)
    {
        try
        {
            return string.Create(
                CultureInfo.InvariantCulture, $"This deletes {file.Count(before)} entries{(said is null ? "" : $" before {said}")} of {file.Location}, for good.");
        }
        catch (DiaryException error) when (error.Fault is DiaryFault.Damaged or DiaryFault.Newer)
        {
            return $"This removes {file.Location}, which cannot be read.";
        }
    }

    private static string Delete(DiaryFile file, DateTimeOffset before, bool isAll)
    {
        try
        {
            return string.Create(CultureInfo.InvariantCulture, $"Deleted {file.Delete(before)} entries of {file.Location}.");
        }
        catch (DiaryException error) when (isAll && error.Fault is (DiaryFault.Damaged or DiaryFault.Newer))
        {
            file.Remove();
            return $"Removed {file.Location}. If its node runs, restart it (sudo systemctl restart sernetd), so that it begins a new one.";
        }
    }
}
