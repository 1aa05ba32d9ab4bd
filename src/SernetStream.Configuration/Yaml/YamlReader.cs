using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace SernetStream.Configuration.Yaml;

/// <summary>Text that is not a configuration; the message is a sentence, without the file's name.</summary>
internal sealed class YamlFormatException(int line, string message) : Exception(message)
{
    /// <summary>Where, from 1.</summary>
    public int Line { get; } = line;
}

/// <summary>
/// Reads YAML into sections, lists and words with their lines. Features that a configuration does not need (anchors,
/// tags, several documents, names that are not words, deep nesting) are refused, not guessed at.
/// </summary>
internal sealed class YamlReader
{
    private const int DeepestSection = 16;

    private readonly Parser _parser;

    private YamlReader(TextReader text) => _parser = new Parser(text);

    /// <summary>Reads a whole file; an empty one is an empty section.</summary>
    /// <exception cref="YamlFormatException">It cannot be read.</exception>
    public static YamlSection Read(string text)
    {
        var reader = new YamlReader(new StringReader(text));
        try
        {
            return reader.ReadFile();
        }
        catch (YamlException error)
        {
            throw new YamlFormatException(Line(error.Start), $"this is not YAML: {error.Message.TrimEnd('.')}.");
        }
        catch (Exception error) when (error is InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            // Some damaged texts trip the scanner itself (seen: a plain scalar that ends in a control character).
            throw new YamlFormatException(Line(reader._parser.Current?.End ?? Mark.Empty), "this is not YAML.");
        }
    }

    private static int Line(Mark mark) => (int)mark.Line;

    private YamlSection ReadFile()
    {
        _parser.Consume<StreamStart>();
        if (_parser.TryConsume<StreamEnd>(out _))
        {
            return new YamlSection([], 1);
        }

        _parser.Consume<DocumentStart>();
        var root = ReadNode(0);
        _parser.Consume<DocumentEnd>();
        if (!_parser.TryConsume<StreamEnd>(out _))
        {
            throw new YamlFormatException(Line(_parser.Current!.Start), "a second document begins here; a configuration is one document.");
        }

        return root switch
        {
            YamlSection section => section,
            YamlScalar { IsNull: true } => new YamlSection([], 1),
            _ => throw new YamlFormatException(root.Line, "a configuration is a list of 'name: value' lines; this is not."),
        };
    }

    private YamlNode ReadNode(int depth)
    {
        var line = Line(_parser.Current!.Start);
        if (depth > DeepestSection)
        {
            throw new YamlFormatException(line, $"this is nested more than {DeepestSection} deep.");
        }

        RefuseDecoration(line);
        if (_parser.TryConsume<Scalar>(out var scalar))
        {
            return new YamlScalar(scalar.Value, IsNull(scalar), line);
        }

        return _parser.TryConsume<SequenceStart>(out _) ? ReadList(line, depth) : ReadSection(line, depth);
    }

    private YamlList ReadList(int line, int depth)
    {
        var items = new List<YamlNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(ReadNode(depth + 1));
        }

        return new YamlList(items, line);
    }

    private YamlSection ReadSection(int line, int depth)
    {
        _parser.Consume<MappingStart>();
        var entries = new List<YamlEntry>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var nameLine = Line(_parser.Current!.Start);
            RefuseDecoration(nameLine);
            if (!_parser.TryConsume<Scalar>(out var name))
            {
                throw new YamlFormatException(nameLine, "a name is expected here, not a list or a section.");
            }

            if (!lines.TryAdd(name.Value, nameLine))
            {
                throw new YamlFormatException(
                    nameLine, $"'{name.Value}' is here a second time; the first is in line {lines[name.Value]}.");
            }

            entries.Add(new YamlEntry(name.Value, nameLine, ReadNode(depth + 1)));
        }

        return new YamlSection(entries, line);
    }

    private static bool IsNull(Scalar scalar) =>
        scalar.Style == ScalarStyle.Plain && scalar.Value is "" or "~" or "null" or "Null" or "NULL";

    private void RefuseDecoration(int line)
    {
        switch (_parser.Current)
        {
            case AnchorAlias:
                throw new YamlFormatException(line, "references (*name) are not supported; write the value out.");
            case NodeEvent { Anchor.IsEmpty: false }:
                throw new YamlFormatException(line, "anchors (&name) are not supported; write the value out.");
            case NodeEvent { Tag.IsEmpty: false }:
                throw new YamlFormatException(line, "tags (!name) are not supported; leave it out.");
            default:
                break;
        }
    }
}
