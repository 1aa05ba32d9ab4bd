using System.CommandLine;
using System.Globalization;
using SernetStream.Configuration;
using SernetStream.Dsp;
using SernetStream.Models;

namespace SernetStream.Daemon.Commands;

/// <summary><c>sernetd models [show M|verify M]</c>: what there is to classify with.</summary>
internal static class ModelsCommand
{
    public static Command Create()
    {
        var command = new Command("models", "List the built-in models.")
        {
            CreateShow(),
            CreateVerify(),
            CreateAnswers(),
        };
        command.SetAction(_ => List());
        return command;
    }

    private static int List()
    {
        foreach (var card in ModelCatalog.BuiltIn)
        {
            var mark = card.Name == ModelCatalog.Default ? '*' : ' ';
            Console.WriteLine($"{mark} {card.Name,-28} {card.Precision,-5} {card.Training.LicenceWord,-15} {string.Join(", ", card.Labels)}");
        }

        Console.WriteLine("* is the default, unless --model names another. 'sernetd models show MODEL' shows details and the licence.");
        return ExitCode.Done;
    }

    private static Command CreateShow()
    {
        var model = ModelArgument();
        var command = new Command("show", "Show a model's details, training data and licence.") { model };
        command.SetAction(parsed => Show(ModelCatalog.Open(parsed.GetRequiredValue(model))));
        return command;
    }

    private static Command CreateVerify()
    {
        var model = ModelArgument();
        var command = new Command("verify", "Check a model against its card, and run it once.") { model };
        command.SetAction(parsed => Verify(parsed.GetRequiredValue(model)));
        return command;
    }

    private static Command CreateAnswers()
    {
        var command = new Command("answers", "Print what the built-in models say to the doctor's test signal.") { Hidden = true };
        command.SetAction(_ =>
        {
            Console.Write(Diagnosis.GoldenOutputs.Write());
            return ExitCode.Done;
        });
        return command;
    }

    private static int Show(ModelPackage package)
    {
        var card = package.Card;
        var training = card.Training;
        (string Key, string Value)[] rows =
        [
            ("name", $"{card.Name} {card.Version}"),
            ("licence", training.Licence + (training.IsNonCommercial ? " – NOT FOR COMMERCIAL USE" : "")),
            ("from", package.Origin),
            ("architecture", $"{card.Architecture}, {card.Precision}, {package.File.Length:N0} bytes"),
            ("labels", string.Join(", ", card.Labels)),
            ("front end", $"{card.FrontEnd.Preset}, {card.FrontEnd.SegmentSeconds} s segments, "
                + $"{card.FrontEnd.FrameCount} frames × {card.FrontEnd.FrameFeatures} {Features(card.FrontEnd.Output)}"),
            ("windows", Windows(card)),
            ("temperature", $"{card.Temperature}"),
            ("unknown", Unknown(card.Unknown)),
            ("sensitivity", Points(card.OperatingPoints)),
            ("learns", Learns(card)),
            ("trained on", $"{string.Join(", ", training.Corpora)} ({training.Protocol})"),
            ("languages", training.Languages is [] ? "not said" : string.Join(", ", training.Languages)),
            ("sha256", card.Sha256),
        ];
        foreach (var (key, value) in rows)
        {
            Console.WriteLine($"{key,-13} {value}");
        }

        return ExitCode.Done;
    }

    private static string Learns(ModelCard card) => (card.Adaptation, card.Moods) switch
    {
        (null, null) => "nothing while it runs",
        (null, _) => "from labelled utterances",
        (_, null) => "how voices usually sound where it listens",
        _ => "how voices usually sound where it listens, and from labelled utterances",
    };

    private static string Windows(ModelCard card) => card.Streaming is { } streaming
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"heard as a stream, each frame once, in steps of {streaming.Frames} frames "
            + $"({(double)streaming.Frames * card.FrontEnd.HopLength / card.FrontEnd.SampleRate:0.###} s)")
        : "each computed as a whole";

    private static string Features(FeatureKind kind) => kind switch
    {
        FeatureKind.Mfcc => "coefficients",
        FeatureKind.LogMel => "mel bands",
        _ => "bins",
    };

    private static string Unknown(UnknownThresholds? unknown)
    {
        string[] bounds =
        [
            .. unknown?.ConfidenceBelow is { } confidence ? [$"below a confidence of {confidence}"] : Array.Empty<string>(),
            .. unknown?.EntropyAbove is { } entropy ? [$"above an entropy of {entropy}"] : Array.Empty<string>(),
        ];
        return bounds is [] ? "never (the card has no thresholds)" : string.Join(", or ", bounds);
    }

    private static string Points(OperatingPoints? measured)
    {
        if (measured is null)
        {
            return "none (the card has no operating points)";
        }

        var names = Enum.GetValues<Sensitivity>().ToDictionary(measured.At, sensitivity => sensitivity.ToString().ToLowerInvariant());
        IEnumerable<string> rows =
        [
            $"false emotions in 100 ordinary utterances, measured on {measured.Clips} recordings of {measured.OrdinarySpeech}",
            .. measured.Points.Select(point => string.Create(
                CultureInfo.InvariantCulture,
                $"{names.GetValueOrDefault(point),-6} {point.FalseEmotions,2}: threshold {point.Threshold:0.0000}, recall {point.Recall:0.0} %")),
            .. measured.SpeakersHeard ? ["Training heard the speakers that the recall is of: expect less of others."] : Array.Empty<string>(),
        ];
        return string.Join($"\n{"",-13} ", rows);
    }

    private static int Verify(string name)
    {
        var package = ModelCatalog.Open(name);
        ModelCatalog.Check(package);
        using var model = new EmotionModel(package);
        using var classifier = model.CreateClassifier();
        classifier.Classify();
        Console.WriteLine($"{model.Card.Name} matches its card, and runs.");
        return ExitCode.Done;
    }

    private static Argument<string> ModelArgument()
    {
        var argument = new Argument<string>("MODEL") { Description = "A built-in model's name, or a path." };
        argument.CompletionSources.Add([.. ModelCatalog.BuiltIn.Select(card => card.Name)]);
        return argument;
    }
}
