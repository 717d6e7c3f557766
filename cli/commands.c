/* The command table, and what is to be said about all commands. */
#include "cli/table.h"

static const cli_command COMMANDS[] = {
    {
        .name = "convert",
        .bit = CMD_CONVERT,
        .run = cli_convert,
        .summary = "read documents and write Markdown, JSON, PDF...",
        .operands = "INPUT...",
        .description =
            "Read PDFs and images (PNG, JPEG, TIFF, BMP, GIF, WebP, PNM, JPEG 2000), told apart by "
            "content; - is standard input.  A result is named INPUT.FORM (letter.pdf.md).",
        .examples = {{"recto convert letter.pdf -o out",
                      "write out/letter.pdf.md and out/letter.pdf.json"},
                     {"recto convert scan.tif --to txt -o -", "print the text of a scan"},
                     {"recto convert --reader vlm --model qianfan-ocr page.png",
                      "show the page to a vision-language model"}},
    },
    {
        .name = "batch",
        .bit = CMD_BATCH,
        .run = cli_batch,
        .summary = "convert folders of documents, unattended",
        .operands = "INPUT... -o DIR",
        .description =
            "Convert all documents of folders, of lists (text files of one path a line, or - for "
            "standard input) or named one by one.  Results lie in DIR as the documents lie in "
            "their folder.  DIR/journal.sqlite holds a record of every document and page, "
            "DIR/manifest.jsonl a line for each document.  A run that was interrupted, killed or "
            "cut off from power goes on with --resume.  The first SIGINT or SIGTERM finishes the "
            "pages in hand, a second one stops at once.",
        .examples = {{"recto batch archive -o out", "convert a folder"},
                     {"recto batch archive -o out --resume", "go on after a stop of any kind"},
                     {"find /data -name '*.pdf' -mtime -1 | recto batch - -o out",
                      "convert what a list names"},
                     {"recto batch archive -o out --shard 3/8", "do the third of eight parts"}},
    },
    {
        .name = "inspect",
        .bit = CMD_INSPECT,
        .run = cli_inspect,
        .summary = "say what a file holds and how each page would be read",
        .operands = "INPUT...",
        .description =
            "Say what each file holds: pages, text layers and their trust, images, and which "
            "reader each page would get and why.  Nothing is read by the network and nothing is "
            "written.",
        .examples = {{"recto inspect --json *.pdf", "one JSON object for each file"}},
    },
    {
        .name = "report",
        .bit = CMD_REPORT,
        .run = cli_report,
        .summary = "say what a batch did, and what failed and why",
        .operands = "DIR",
        .description =
            "Read the journals of a batch in its output folder, those of all shards, and say what "
            "became of its documents.  Nothing is written.  A journal that a run is still using "
            "cannot be read and is named.  The exit code is 0 if there is something to report, "
            "whatever became of the documents; 2 if no journal can be read.",
        .examples = {{"recto report out", "a table"},
                     {"recto report out --json | jq -r '.failures[].items[].key'",
                      "the documents that failed, for the next program"}},
    },
    {
        .name = "find",
        .bit = CMD_FIND,
        .run = cli_find,
        .summary = "search the text of a finished batch",
        .operands = "DIR [WORD...]",
        .description =
            "Find blocks (paragraphs, headings, tables...) that hold all the words, in the output "
            "folder of a batch.  \"Words in quotation marks\" are a phrase, and * at the end of a "
            "word stands for any ending; case and accents do not matter.  A line for each block: "
            "document, page, box in pixels (left,top,right,bottom) and the words with what stands "
            "around them, with tabs between.  The search is in DIR/index.sqlite, which is made "
            "from the JSON outputs by --index, since it holds the text of all documents; nothing "
            "is written without it.  The exit code is 0 if the search was made, whether something "
            "was found or not; 2 if there is no index; with --index 4 if documents are not in it.",
        .examples = {{"recto find out --index", "make the index, or bring it up to date"},
                     {"recto find out invoice 2024", "blocks with both words"},
                     {"recto find out '\"annual report\" finan*'", "a phrase, and a word's begin"},
                     {"recto find out geneve --json | jq -r .document | sort -u",
                      "the documents with that word, however it is accented"}},
    },
    {
        .name = "model list",
        .bit = CMD_MODEL_LIST,
        .run = cli_model_list,
        .summary = "show the models that are installed",
        .operands = "",
        .description = "Show the models in the folders of RECTO_MODEL_PATH, in recto/models of the "
                       "XDG data folder, and in /usr/local/share/recto/models and "
                       "/usr/share/recto/models.",
    },
    {
        .name = "model info",
        .bit = CMD_MODEL_INFO,
        .run = cli_model_info,
        .summary = "say what a model is and what it takes",
        .operands = "MODEL...",
        .description = "Say what a model is: shapes, numbers, tokenizer, tiles, memory it takes.  "
                       "MODEL is a folder, a GGUF file or a name from recto model list.",
    },
    {
        .name = "model verify",
        .bit = CMD_MODEL_VERIFY,
        .run = cli_model_verify,
        .summary = "check a model's files",
        .operands = "MODEL...",
        .description =
            "Check a model's files one by one: whole, of the right shapes, with the tokens that "
            "are needed, and equal to the folder's SHA256SUMS if it has one; print the SHA-256 of "
            "each.",
    },
    {
        .name = "model trace",
        .bit = CMD_MODEL_TRACE,
        .run = cli_model_trace,
        .summary = "write every stage of a model's work",
        .operands = "MODEL IMAGE -o FILE.safetensors",
        .description =
            "Show a model an image and write every stage's numbers (pixels, prompt_ids, vit.patch, "
            "vit.layer.N, projector, lm.logits, tokens), to be compared with the reference.  "
            "Tiles are the reference's.",
    },
};

static const cli_note EXIT_CODES[] = {
    {"0", "all done"},
    {"1", "usage"},
    {"2", "input unreadable or not understood"},
    {"3", "cannot start (model, output folder)"},
    {"4", "some documents or pages failed"},
    {"5", "output not writable"},
    {"8", "encrypted"},
    {"130", "interrupted"},
};

static const cli_note ENVIRONMENT[] = {
    {"RECTO_MODEL_PATH",
     "folders (separated by :) with models, and with the line reader's files to use instead of "
     "the built-in ones"},
    {"OMP_NUM_THREADS", "threads the vision-language model uses"},
    {"XDG_DATA_HOME", "its recto/models holds models too (default: ~/.local/share)"},
};

static const cli_note FILES[] = {
    {"/usr/share/recto/models, /usr/local/share/recto/models",
     "models for everyone on this machine"},
    {"~/.local/share/recto/models", "models of one user"},
};

const cli_command *cli_commands(int *n_out)
{
    *n_out = (int)(sizeof COMMANDS / sizeof *COMMANDS);
    return COMMANDS;
}

const cli_note *cli_exit_codes(int *n_out)
{
    *n_out = (int)(sizeof EXIT_CODES / sizeof *EXIT_CODES);
    return EXIT_CODES;
}

const cli_note *cli_environment(int *n_out)
{
    *n_out = (int)(sizeof ENVIRONMENT / sizeof *ENVIRONMENT);
    return ENVIRONMENT;
}

const cli_note *cli_files(int *n_out)
{
    *n_out = (int)(sizeof FILES / sizeof *FILES);
    return FILES;
}

const char *cli_purpose(void)
{
    return "recto reads documents on this machine: PDFs and scans to Markdown, JSON, HTML, "
           "searchable "
           "PDF...";
}

const char *cli_about(void)
{
    return "Nothing is sent anywhere: there is no network code, and models are files.  Results go "
           "to files, or to standard output where that is asked for; messages go to standard "
           "error. "
           " Pages count from 1.  The name of an output is the whole name of the input and the "
           "form, so that an input is never overwritten.";
}
