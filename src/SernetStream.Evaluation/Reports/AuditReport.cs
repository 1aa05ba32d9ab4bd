using System.Globalization;
using System.Text;
using SernetStream.Evaluation.Audit;

namespace SernetStream.Evaluation.Reports;

/// <summary>What <c>sernetd audit</c> prints, and the warnings that <c>sernetd evaluate</c> takes from it.</summary>
internal sealed class AuditReport(string corpus, CorpusAudit audit, int unread) : IReport
{
    private const string Mark = "  <- gives labels away";

    private readonly IReadOnlyList<Giveaway> _giveaways = audit.Giveaways();
    private readonly IReadOnlyList<string> _findings = audit.Findings();

    /// <summary>A sentence for each trait that gives labels away, the worst first.</summary>
    public IReadOnlyList<string> Traps =>
    [
        .. _giveaways.Where(giveaway => giveaway.IsTrap).OrderByDescending(giveaway => giveaway.UnweightedAccuracy).Select(giveaway => string.Create(
            CultureInfo.InvariantCulture,
            $"In {corpus} the {giveaway.Trait} alone, without any speech, predicts {100 * giveaway.UnweightedAccuracy:0} % of the emotions "
            + $"(chance: {100 * giveaway.Chance:0} %): figures on it may depend on that.")),
    ];

    /// <summary>Sentences about what else is wrong with the corpus: silence, doubles, lengths, speakers, labels.</summary>
    public IReadOnlyList<string> Findings => _findings;

    /// <summary>Both.</summary>
    public IReadOnlyList<string> Warnings => [.. Traps, .. _findings];

    public string ToText()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{corpus}: {audit.Count} recordings, predicted from one number alone (UA over five folds)");
        if (_giveaways.Count == 0)
        {
            text.AppendLine("All recordings have one label, or there are fewer than five: there is nothing to predict.");
        }

        foreach (var giveaway in _giveaways.OrderByDescending(giveaway => giveaway.UnweightedAccuracy))
        {
            text.AppendLine(
                CultureInfo.InvariantCulture,
                $"{giveaway.Trait,-16}  {100 * giveaway.UnweightedAccuracy,5:0.0} % ± {196 * giveaway.Error:0.0}{(giveaway.IsTrap ? Mark : "")}");
        }

        if (_giveaways.Count > 0)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{"guessing",-16}  {100 * _giveaways[0].Chance,5:0.0} %");
        }

        foreach (var warning in Warnings)
        {
            text.AppendLine().Append(warning);
        }

        return text.Append(Warnings.Count > 0 ? Environment.NewLine : "").ToString();
    }

    public string ToJson() => JsonObject.ToText(writer =>
    {
        writer.WriteString("dataset"u8, corpus);
        writer.WriteNumber("clips"u8, audit.Count);
        writer.WriteNumber("unread"u8, unread);
        writer.WriteStartObject("giveaways"u8);
        foreach (var giveaway in _giveaways)
        {
            writer.WriteStartObject(giveaway.Trait);
            EmotionEventJson.WriteRounded(writer, "ua"u8, 100 * giveaway.UnweightedAccuracy, 2);
            EmotionEventJson.WriteRounded(writer, "chance"u8, 100 * giveaway.Chance, 2);
            EmotionEventJson.WriteRounded(writer, "error"u8, 100 * giveaway.Error, 2);
            writer.WriteBoolean("trap"u8, giveaway.IsTrap);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        JsonObject.WriteTexts(writer, "warnings"u8, Warnings);
    }) + Environment.NewLine;
}
