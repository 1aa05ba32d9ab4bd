namespace SernetStream.Evaluation.Reports;

/// <summary>What a command found out, for people and for programs.</summary>
internal interface IReport
{
    /// <summary>Lines for people.</summary>
    string ToText();

    /// <summary>One JSON object on a line.</summary>
    string ToJson();
}
