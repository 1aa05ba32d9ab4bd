using System.Text.Json;

namespace SernetStream.Diagnosis;

/// <summary>How bad a finding is.</summary>
internal enum Severity
{
    /// <summary>As it should be.</summary>
    Ok,

    /// <summary>It works, but may not do what is expected.</summary>
    Warning,

    /// <summary>It does not work.</summary>
    Fault,
}

/// <summary>One thing that was looked at.</summary>
/// <param name="Check">Which part: <c>device</c>, <c>broker</c>.</param>
/// <param name="Severity">How bad it is.</param>
/// <param name="What">What was found, as a sentence.</param>
/// <param name="Remedy">What to do, as a sentence; empty where nothing is to be done.</param>
internal sealed record Finding(string Check, Severity Severity, string What, string Remedy = "")
{
    public static Finding Ok(string check, string what) => new(check, Severity.Ok, what);

    public static Finding Warning(string check, string what, string remedy) => new(check, Severity.Warning, what, remedy);

    public static Finding Fault(string check, string what, string remedy) => new(check, Severity.Fault, what, remedy);

    /// <summary>A fault whose message already says what to do in its last sentence.</summary>
    public static Finding Of(string check, Exception error, string remedy = "") =>
        new(check, Severity.Fault, error.Message, remedy);

    /// <summary>Writes each finding as a line for people as it comes, and at last how many were bad.</summary>
    /// <returns>Whether there was no fault.</returns>
    public static bool WriteLines(IEnumerable<Finding> findings, TextWriter output)
    {
        var (faults, warnings) = (0, 0);
        foreach (var finding in findings)
        {
            faults += finding.Severity == Severity.Fault ? 1 : 0;
            warnings += finding.Severity == Severity.Warning ? 1 : 0;
            output.WriteLine($"{finding.Severity.ToString().ToLowerInvariant(),-8} {finding.Check,-13} {finding.What}");
            if (finding.Remedy.Length > 0)
            {
                output.WriteLine($"{"",-22} → {finding.Remedy}");
            }
        }

        output.WriteLine(faults + warnings == 0
            ? "All is well."
            : $"{faults} {(faults == 1 ? "fault" : "faults")}, {warnings} {(warnings == 1 ? "warning" : "warnings")}.");
        return faults == 0;
    }

    /// <summary>Writes whether all is well, and each finding, into an object that the caller has started.</summary>
    public static void WriteAll(Utf8JsonWriter json, IReadOnlyList<Finding> findings)
    {
        json.WriteBoolean("ok"u8, findings.All(finding => finding.Severity != Severity.Fault));
        json.WriteStartArray("findings"u8);
        foreach (var finding in findings)
        {
            json.WriteStartObject();
            json.WriteString("check"u8, finding.Check);
            json.WriteString("severity"u8, finding.Severity.ToString().ToLowerInvariant());
            json.WriteString("what"u8, finding.What);
            json.WriteString("mend"u8, finding.Remedy);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
